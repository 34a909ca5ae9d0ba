//! Functions of the detail `errors`: only the branches by which an error leaves have code.

#[omegi::traced(detail = "errors")]
mod parser {
    fn number(text: &str) -> Result<u32, ParseError> {
        if text.is_empty() {
            return Err(ParseError::Empty);
        }
        Ok(digits(text)?.parse()?)
    }

    async fn read(source: Source) -> Result<u32, ParseError> {
        let text = source.text().await?;
        number(&text)
    }
}
