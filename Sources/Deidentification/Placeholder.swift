// Deidentification
