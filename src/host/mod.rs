//! What several parts need of the computer that they run on: its clocks, the folders for what is Vitrine's own, files
//! that are replaced in one step, what may block for ever, and the log, in which a lasting fault is told once.
//!
//! What Vitrine writes has pictures of visitors in it and decides what is shown, so it is its user's alone. A folder is
//! used only if it is that user's, whoever was first to make one of its name.

mod clock;
mod deadline;
mod files;
mod folders;
mod health;
mod memory;
mod name;
pub mod process;
mod secret;
mod sockets;
mod warn_once;

pub use clock::{boot_id, now, since_epoch, wall_clock};
pub use deadline::within;
pub use files::{
    credential, make_private_file, open_private, replace, replace_as_it_was, replace_durably, tighten,
    tighten_files,
};
pub use folders::{
    config_home, make_folders, make_private, runtime_folder, session_folder, state_folder, state_folder_below,
};
pub use health::{DiskRoom, Health, health};
pub use memory::MemInfo;
pub use name::own_names;
pub use secret::{hash_password, new_secret, password_fits, sha256};
pub use sockets::{Socket, SocketState, sockets, sockets_in};
pub use warn_once::WarnOnce;

/// The permissions of a file's group and of everybody else (inode(7)).
const OTHERS: u32 = 0o077;
