//! D-Bus, as the adapters that speak over it share it: how a bus is connected to, and what its errors are told as.

use std::time::Duration;

use tokio::time::timeout;
use zbus::{Connection, connection};

use crate::core::types::Told;
use crate::words::told;

/// How long a connection, or one call, may take. One that takes longer is as good as lost, and is tried again.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Connects to a bus. Every call on the connection has an end.
pub(super) async fn connect(builder: connection::Builder<'_>) -> Result<Connection, Told> {
    let building = timeout(CALL_TIMEOUT, builder.method_timeout(CALL_TIMEOUT).build());
    Ok(building.await.map_err(|_| told!("the bus does not answer"))??)
}

/// The connection to the bus is lost.
pub(super) fn gone() -> Told {
    told!("the bus has gone")
}

/// In the words of the bus, or of whoever was called over it.
impl From<zbus::Error> for Told {
    fn from(error: zbus::Error) -> Self {
        Self::text(error.to_string())
    }
}
