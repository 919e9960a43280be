//! The whole of Aftercall on one machine.
