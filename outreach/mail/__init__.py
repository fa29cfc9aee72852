"""Mail: letters as bytes, the SMTP connection they leave by, the outbox and the catcher."""
