"""How a report is shown: pictures, sections, the page around them, its script. Reads outcomes, computes nothing but positions."""
