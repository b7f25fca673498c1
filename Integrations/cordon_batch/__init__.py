"""What drivers of `cordon worker` share: the protocol, staging of studies from object storage, a report."""
