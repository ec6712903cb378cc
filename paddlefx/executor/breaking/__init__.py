"""Where the graph breaks: the residual program, what is alive there, and how it goes on."""
