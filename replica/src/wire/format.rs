//! Names and limits of the wire format.

/// Largest datagram that is read, bytes: slightly more than UDP over IPv4 can carry.
pub const MAX_DATAGRAM: usize = 65_535;

/// The `type` of each message between replicas.
pub(crate) mod kind {
    pub(crate) const REQUEST_VOTE: &str = "requestVote";
    pub(crate) const VOTE: &str = "vote";
    pub(crate) const APPEND_ENTRIES: &str = "appendEntries";
    pub(crate) const INSTALL_SNAPSHOT: &str = "installSnapshot";
    pub(crate) const APPENDED: &str = "appended";
}
