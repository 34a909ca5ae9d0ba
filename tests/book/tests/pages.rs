//! A test for each document: its blocks do what it says.

include!(concat!(env!("OUT_DIR"), "/tests.rs"));
