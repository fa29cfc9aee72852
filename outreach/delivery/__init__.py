"""From a scheduled mailing to letters the server accepted: nobody skipped, nobody mailed twice."""
