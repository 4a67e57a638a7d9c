//! iCalendar (RFC 5545) to documents and back. Pure.
