//! People: who logs in, what each role may see, and the log of who looked.
//!
//! In:      logins and passwords; requests to look at something.
//! Out:     a `Viewer` with a scope, or no; rows of the audit log.
//! Touches: `store`. Random numbers; the clock is handed in.
//! Invariant: nobody sees a row outside their scope, and every look at a child's record is written.

pub(crate) mod audit;
mod desk;
pub(crate) mod limit;
pub(crate) mod login;
mod password;
pub(crate) mod permission;
pub(crate) mod place;
pub(crate) mod random;
pub(crate) mod totp;
pub(crate) mod user;

pub use audit::Tampered;
pub(crate) use desk::deed;
pub use desk::{Added, DeskError, Person, add_user, remove_user, reset_password, verify_audit};
pub(crate) use permission::{Capability, Reach, Role};
