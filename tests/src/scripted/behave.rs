//! Single behaviours of HTTP for the adapters' suite, under `/behave/`.
//!
//! | name | what |
//! |---|---|
//! | `echo` | the method, the names of the headers with the length of their values, and the size of the body, as JSON |
//! | `chunks?n=&ms=` | n lines, ms apart |
//! | `utf8?ms=` | text whose characters are cut between pieces |
//! | `status?code=` | that status, with a header and a body |
//! | `hang` | no head |
//! | `drip?ms=` | a head, then a piece every ms, for ever |
//! | `cut` | a head and half a body, then a broken connection |
//! | `redirect?code=` | 307, or that status, to `echo` |
//! | `big?mib=` | so many MiB |

use super::chat::echo;
use super::http::Request;
use super::{At, Exchange, Then, header};

/// What `utf8` says in all.
pub const UTF8: &str = "naïve 成功 🌍 done";

pub(super) async fn behave(at: &mut At<'_>, name: &str, request: &Request) -> Exchange {
    match name {
        "echo" => at.json(200, &echo(request)).await,
        "chunks" => {
            at.head(200, "text/plain; charset=utf-8").await?;
            for i in 0..request.number("n", 5).min(100_000) {
                at.connection.piece(format!("chunk {i}\n").as_bytes()).await?;
                at.wait(request.number("ms", 50)).await?;
            }
            at.connection.end().await?;
            Ok(Then::Next)
        }
        "utf8" => {
            at.head(200, "text/plain; charset=utf-8").await?;
            // One byte a piece cuts every character that can be cut.
            for byte in UTF8.as_bytes() {
                at.connection.piece(&[*byte]).await?;
                at.wait(request.number("ms", 5)).await?;
            }
            at.connection.end().await?;
            Ok(Then::Next)
        }
        "status" => {
            let status = u16::try_from(request.number("code", 418)).unwrap_or(418);
            let headers = vec![
                header("content-type", "application/json"),
                header("access-control-expose-headers", "retry-after"),
                header("retry-after", "7"),
            ];
            at.whole(status, headers, br#"{"error":"scripted"}"#).await
        }
        "hang" => at.silence().await,
        "drip" => {
            at.head(200, "text/plain; charset=utf-8").await?;
            // Ended by the connection's longest time at the latest.
            loop {
                at.connection.piece(b"drop\n").await?;
                at.wait(request.number("ms", 20)).await?;
            }
        }
        "cut" => {
            at.lying(200, vec![header("content-type", "text/plain")], b"half", Some(8)).await?;
            // So that the half is read before the end is.
            at.wait(50).await?;
            Ok(Then::Break)
        }
        "redirect" => {
            at.whole(
                u16::try_from(request.number("code", 307)).unwrap_or(307),
                vec![header("location", "/behave/echo?tag=followed")],
                b"",
            )
            .await
        }
        "big" => {
            at.head(200, "application/octet-stream").await?;
            let piece = vec![b'x'; 64 * 1024];
            for _ in 0..request.number("mib", 8).min(256) * 16 {
                at.connection.piece(&piece).await?;
            }
            at.connection.end().await?;
            Ok(Then::Next)
        }
        _ => at.whole(404, Vec::new(), b"").await,
    }
}
