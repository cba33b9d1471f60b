package api

// ParseObject gives tests the decoder of request bodies.
var ParseObject = parseObject
