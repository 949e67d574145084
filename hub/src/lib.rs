//! sign to be written
