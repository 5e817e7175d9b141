//! The table of prices that is shipped, and the user's own.

use std::path::Path;

use tachikoma_forge::cost::PriceTable;

/// The table that is shipped, as JSON: the file that the page loads.
pub const PRICES: &str = include_str!("../../../www/prices.json");

/// The shipped table, and before it the user's own file, if there is one.
///
/// # Errors
/// Says which file cannot be read, or what is wrong with it.
pub fn price_table(own: Option<&Path>) -> Result<PriceTable, String> {
    let shipped = PriceTable::parse(PRICES).map_err(|e| e.to_string())?;
    let Some(path) = own else { return Ok(shipped) };
    let text = std::fs::read_to_string(path)
        .map_err(|e| format!("{} cannot be read: {e}. Name a file with prices.", path.display()))?;
    let own = PriceTable::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(shipped.overridden_by(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_can_be_read() {
        assert!(price_table(None).is_ok_and(|table| table.price("anthropic", "claude-sonnet-4").is_some()));
        let missing = price_table(Some(Path::new("/nowhere/prices.json"))).unwrap_err();
        assert!(missing.contains("/nowhere/prices.json cannot be read"), "{missing}");
    }
}
