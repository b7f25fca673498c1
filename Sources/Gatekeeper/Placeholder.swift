// Gatekeeper
