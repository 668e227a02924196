#pragma once

/// What the program was built from, as lines `key value` in UTF-8: `commit`, `date` (of the commit, RFC 3339),
/// `toolchain`, `target`, and `package NAME VERSION` for each Swift package. Empty unless `make release` linked it.
const char *_Nonnull therock_upload_build_record(void);
