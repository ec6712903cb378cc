"""Methods and copies of containers whose elements are symbolic."""
