"""Pictures of photos, filters, feature maps and networks; each knows its own alt text."""
