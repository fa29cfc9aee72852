"""All benchmarks, one after the other: `make bench`.

Trust CPU per unit and ratios: wall time depends on what else the machine does.
"""

import os

import click

from tests.bench import composing, delivery, far, people, reports, send, together, tracking


def main() -> None:
    """Run every benchmark of this folder."""
    click.echo(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    click.echo("\nSending: skeleton and transport, against Flask-Mail as it comes")
    send.main()
    click.echo("\nComposing: the reference mailing in 24 variants, and a preview")
    composing.main()
    click.echo("\nDelivery: claim, render, send, record")
    delivery.main()
    delivery.fan_out_only(100_000)
    for workers in (1, 2, 4):
        delivery.shared(workers, delivery.RECIPIENTS)
    far.main()
    far.shared()
    click.echo("\nTracking: a web process and the applier")
    tracking.main([], standalone_mode=False)
    together.main()
    click.echo("\nReports: a mailing of 250,000 letters")
    reports.main()
    click.echo("\nPeople: import, list, segments")
    people.main([], standalone_mode=False)


if __name__ == "__main__":
    main()
