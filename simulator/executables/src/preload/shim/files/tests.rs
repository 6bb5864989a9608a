//! Tests of the places in the lists of sockets and epoll sets.

use super::*;
use crate::shim::sys::AF_INET;

#[test]
fn a_closed_socket_s_place_is_taken_again() {
    let mut files = Files::default();
    files.add_socket(3, AF_INET);
    assert_eq!(files.port_of(0), FIRST_OWN_PORT);
    for _ in 0..3 {
        files.add_socket(4, AF_INET);
        files.add_epoll(5);
        assert_eq!(files.meaning(4), Meaning::Socket(1));
        assert_eq!(files.port_of(1), FIRST_OWN_PORT + 1);
        files.set(4, Meaning::Plain);
        files.set(5, Meaning::Plain);
    }
    assert_eq!((files.sockets.len(), files.epolls.len()), (2, 1));
}

#[test]
fn a_double_keeps_the_place() {
    let mut files = Files::default();
    files.add_socket(3, AF_INET);
    files.set(7, files.meaning(3));
    files.set(3, Meaning::Plain);
    files.add_socket(3, AF_INET);
    assert_eq!(files.meaning(3), Meaning::Socket(1));
}
