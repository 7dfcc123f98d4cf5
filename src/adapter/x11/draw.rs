//! What is drawn for a curtain, by a thread of its own: a poster and a line of text.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing::warn;

use super::capture::Image;
use super::poster;
use crate::core::effect::ScreenPlan;
use crate::core::types::CurtainPicture;
use crate::life;

/// What is to be drawn: it takes a moment, and is left to a thread of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DrawJob {
    picture: CurtainPicture,
    text: Option<String>,
    width: u32,
    height: u32,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub(super) job: DrawJob,
    pub(super) poster: Option<Arc<Image>>,
    pub(super) caption: Option<Arc<Image>>,
}

impl DrawJob {
    pub(super) fn of(plan: &ScreenPlan) -> Self {
        Self {
            picture: plan.curtain.picture.clone(),
            text: plan.curtain.text.clone(),
            width: plan.monitor.rect.width,
            height: plan.monitor.rect.height,
        }
    }

    /// Whether there is nothing to be drawn.
    pub(super) fn is_plain(&self) -> bool {
        self.text.is_none() && !matches!(self.picture, CurtainPicture::Poster { .. })
    }

    /// Reads and draws; a poster that cannot be read is told of and left black. Files and fonts are whatever they are:
    /// what cannot be drawn because of them is missing on this curtain, and nowhere else.
    pub(super) fn draw(self) -> Face {
        let poster = match &self.picture {
            CurtainPicture::Poster { file, scale } => {
                let _waiting = life::waits_for("a poster");
                let loaded = unharmed(|| poster::load(file, *scale, self.width, self.height));
                let loaded = loaded.and_then(|loaded| loaded).inspect_err(|why| {
                    warn!("the poster {} cannot be shown: {why}", file.display());
                });
                loaded.ok().map(Arc::new)
            }
            CurtainPicture::Last | CurtainPicture::Black => None,
        };
        let caption = self.text.as_ref().and_then(|text| {
            let drawn = unharmed(|| poster::caption(text, self.width, self.height));
            let drawn = drawn.inspect_err(|why| {
                warn!("the text \"{text}\" cannot be shown on a curtain: {why}");
            });
            drawn.ok().map(Arc::new)
        });
        Face { job: self, poster, caption }
    }
}

/// What is drawn, unless that panics.
fn unharmed<T>(draw: impl FnOnce() -> T) -> Result<T, String> {
    let drawn = catch_unwind(AssertUnwindSafe(draw));
    drawn.map_err(|_| "Vitrine fails over it; the log says where. Does this computer have fonts?".to_owned())
}
