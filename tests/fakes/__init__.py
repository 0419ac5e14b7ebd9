"""Written fakes of the ports. Each passes the contract suite that its real adapter passes."""
