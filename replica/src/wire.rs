//! The course's wire format: one JSON object a datagram.
