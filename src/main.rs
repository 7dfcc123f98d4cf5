//! The command `vitrine`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vitrine::cli::main()
}
