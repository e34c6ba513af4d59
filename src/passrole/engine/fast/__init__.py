"""The same answers as `evaluate`, from policies that were taken apart once: `compile_stack(stack).decide(request)`."""
