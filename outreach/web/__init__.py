"""What every page shares: who may enter, headers, forms, error pages, language, look."""
