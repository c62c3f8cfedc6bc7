"""Pure statistics: ranking and probability scores, block-bootstrap intervals, calibration. Arrays in, numbers out."""
