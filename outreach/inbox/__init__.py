"""Reads a mailbox and hands each message on; its tables come with the mailbox reader."""
