package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Wording;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Which names a definition may have. */
enum NameRule {
  /** Names that this file gives: they appear in tables, commands and messages. */
  NAME {
    @Override
    boolean isBroken(String name) {
      return !NAMES.matcher(name).matches();
    }

    @Override
    String remedy() {
      return "use up to 100 letters, digits, _ . or -, and start with a letter or _";
    }
  },

  /** Keys that the data has: any text, as long as Postgres can store and index it. */
  KEY {
    @Override
    boolean isBroken(String key) {
      boolean isText = StandardCharsets.UTF_8.newEncoder().canEncode(key) && key.indexOf('\0') < 0;
      return key.isEmpty() || !isText || key.getBytes(StandardCharsets.UTF_8).length > 200;
    }

    @Override
    String remedy() {
      return "use 1 to 200 bytes of UTF-8 without a NUL character";
    }
  };

  private static final Pattern NAMES = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,99}");

  abstract boolean isBroken(String name);

  abstract String remedy();

  /** Reports a name that is not allowed. */
  void check(String name, String kind, int line, Problems problems) {
    if (isBroken(name)) {
      problems.error(line, kind + " name " + Wording.quoted(name) + " is not allowed", remedy());
    }
  }
}
