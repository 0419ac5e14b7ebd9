"""The parts of the page in their order, one file each: ``draw(report, pictures)`` is the part's HTML, empty where there is nothing to say."""
