//! A register of the machine's TPM that tests may write to, in the words of the TPM 2.0 Library, Part 3 (PCR_Extend,
//! PCR_Read).

use std::fs::OpenOptions;
use std::io::{Error, Read, Result, Write};
use std::path::Path;

const DEVICE: &str = "/dev/tpm0";
/// The register for debugging, which no firmware uses.
const REGISTER: u8 = 16;
const SHA256: [u8; 2] = [0x00, 0x0b];

pub fn is_there() -> bool {
    Path::new(DEVICE).exists()
}

/// The answer's parameters.
fn ask(command: &[u8]) -> Result<Vec<u8>> {
    let mut device = OpenOptions::new().read(true).write(true).open(DEVICE)?;
    device.write_all(command)?;
    let mut answer = vec![0; 4096];
    let length = device.read(&mut answer)?;
    answer.truncate(length);
    match answer.get(6..10) {
        Some([0, 0, 0, 0]) => Ok(answer.split_off(10)),
        code => Err(Error::other(format!("the TPM answers {code:?}"))),
    }
}

/// Adds a number to the register.
pub fn extend(number: i64) -> Result<()> {
    let mut command = vec![0x80, 0x02, 0, 0, 0, 65, 0, 0, 0x01, 0x82, 0, 0, 0, REGISTER];
    // An empty password.
    command.extend([0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0]);
    command.extend([0, 0, 0, 1]);
    command.extend(SHA256);
    command.extend([0; 24]);
    command.extend(number.to_be_bytes());
    ask(&command).map(drop)
}

/// What the register has, in hexadecimal digits.
pub fn read() -> Result<String> {
    let mut command = vec![0x80, 0x01, 0, 0, 0, 20, 0, 0, 0x01, 0x7e, 0, 0, 0, 1];
    command.extend(SHA256);
    command.push(3);
    command.extend((1_u32 << REGISTER).to_le_bytes().iter().take(3));
    let answer = ask(&command)?;
    let digest = answer.len().checked_sub(32).map(|from| &answer[from..]);
    Ok(digest.unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect())
}
