"""What tests share: comparisons, the concrete simulator, looks into the interpreter."""
