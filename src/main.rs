//! The command `vitrine`.

fn main() {}
