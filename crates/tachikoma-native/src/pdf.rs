//! The text of a PDF, whatever is wrong with it: in a thread of its own, which is given up when it takes too long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Duration;

use tachikoma_pdf::{PdfError, PdfText};

/// How long a PDF may take to be read.
pub const PDF_TIMEOUT: Duration = Duration::from_secs(30);
/// The name of the threads.
const THREAD: &str = "pdf";
/// Files nest as deep as they like, up to the reader's own bounds.
const STACK: usize = 64 * 1024 * 1024;

/// Reads the text of a PDF, but not much more than `most` bytes of it.
///
/// A thread that takes too long is not waited for; it ends with the process, and so does the memory that it took.
///
/// # Errors
/// What stands behind the file's name in a sentence: what is wrong, and what to do.
pub fn pdf_text(bytes: Vec<u8>, most: usize) -> Result<PdfText, String> {
    bounded(PDF_TIMEOUT, move || tachikoma_pdf::read(bytes, most))
}

fn bounded(
    timeout: Duration,
    read: impl FnOnce() -> Result<PdfText, PdfError> + Send + 'static,
) -> Result<PdfText, String> {
    quiet();
    let (answer, answered) = mpsc::channel();
    let begun = thread::Builder::new().name(THREAD.to_owned()).stack_size(STACK).spawn(move || {
        // Nobody may be waiting any more.
        let _ = answer.send(catch_unwind(AssertUnwindSafe(read)));
    });
    begun.map_err(|error| format!("cannot be read: no thread can be started ({error})."))?;
    match answered.recv_timeout(timeout) {
        Ok(Ok(read)) => read.map_err(|error| error.to_string()),
        Ok(Err(_)) => Err(PdfError::Damaged.to_string()),
        Err(_) => Err(format!(
            "is a PDF that takes longer than {} seconds to read. Export it anew, or attach its text.",
            timeout.as_secs()
        )),
    }
}

/// A reader that panics has said nothing that people can use.
fn quiet() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if thread::current().name() != Some(THREAD) {
                usual(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_fails_or_takes_for_ever_is_given_up() {
        let says = |read: fn() -> Result<PdfText, PdfError>| bounded(Duration::from_millis(200), read).unwrap_err();
        assert!(says(|| panic!("inside")).contains("damaged"));
        assert!(says(|| Err(PdfError::Locked)).contains("password"));
        let asleep = || -> Result<PdfText, PdfError> {
            thread::sleep(Duration::from_secs(5));
            Err(PdfError::Damaged)
        };
        assert!(says(asleep).contains("takes longer"));
        assert!(pdf_text(b"%PDF-1.7\nnothing".to_vec(), 10).unwrap_err().contains("damaged"));
    }
}
