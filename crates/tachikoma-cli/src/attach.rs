//! `--attach`: the files that are supplied with a goal.

use std::path::PathBuf;

use tachikoma_forge::session::Attachment;
use tachikoma_forge::session::attachment::{MOST_PDF, MOST_TEXT, Recognised, attach, recognise};
use tachikoma_native::pdf_text;

use crate::exit::Stop;

/// Reads the files, in the order in which they were named.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Attachment>, Stop> {
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        let shown = path.display();
        let wrong = |why: String| Stop::usage(format!("{shown} cannot be attached: {why}"));
        // Nothing larger is read: the length of a file says enough.
        let length = std::fs::metadata(path).map_err(|e| wrong(format!("{e}.")))?.len();
        if length > MOST_PDF as u64 {
            return Err(wrong("it is larger than every limit. Attach the part that matters.".to_owned()));
        }
        let bytes = std::fs::read(path).map_err(|e| wrong(format!("{e}.")))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let one = match recognise(&name, &bytes).map_err(|e| wrong(e.0))? {
            Recognised::Attachment(one) => one,
            Recognised::Pdf => {
                let size = bytes.len();
                let pdf = pdf_text(bytes, MOST_TEXT).map_err(|why| wrong(format!("{name} {why}")))?;
                Attachment::from_pdf(&name, size, &pdf.text, &pdf.without).map_err(|e| wrong(e.0))?
            }
        };
        attach(&mut all, one).map_err(|e| wrong(e.0))?;
    }
    Ok(all)
}
