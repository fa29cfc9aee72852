"""The demo: SmartUrbI's result and made-up stakeholders, loaded once into its own database.

The project, its call and its partners are real and told in our own words; every person, address
and figure is made up (addresses end in example.org), and the screens say so.
"""
