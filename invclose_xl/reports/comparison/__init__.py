"""Another system's result, or another inventory model, beside ours."""
