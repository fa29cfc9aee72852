"""Imports every room's tables, so that the metadata is whole wherever it is needed."""

from outreach.accounts import models as accounts
from outreach.core import changes, leases, slugs
from outreach.dashboards import models as dashboards
from outreach.delivery import models as delivery
from outreach.inbox import models as inbox
from outreach.mail import models as mail
from outreach.mailings import brand_models as brands
from outreach.mailings import crops
from outreach.mailings import digest_models as digests
from outreach.mailings import domain_models as domains
from outreach.mailings import models as mailings
from outreach.mailings import review_models as reviews
from outreach.mailings import template_models as letter_templates
from outreach.mailings import trail_models as trails
from outreach.projects import models as projects
from outreach.questions import models as questions
from outreach.results import models as results
from outreach.stakeholders import models as stakeholders
from outreach.tracking import models as tracking
from outreach.tracking import share_models as shares
from outreach.web import limits

ROOMS = (
    changes,
    leases,
    slugs,
    limits,
    mail,
    projects,
    accounts,
    stakeholders,
    results,
    mailings,
    trails,
    brands,
    domains,
    digests,
    crops,
    reviews,
    letter_templates,
    delivery,
    tracking,
    shares,
    questions,
    inbox,
    dashboards,
)
