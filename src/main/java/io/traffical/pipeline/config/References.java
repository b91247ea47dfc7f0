package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Wording;
import java.util.Set;

/** Values that name another definition of the file. */
final class References {
  private References() {}

  /** Returns the format of a name that must be defined under the given key of the file. */
  static Format<String> to(String kind, String definedUnder, Set<String> names) {
    return scalar -> {
      if (!names.contains(scalar.value())) {
        String remedy =
            Wording.nearest(scalar.value(), names)
                .map(near -> "did you mean " + Wording.quoted(near) + "?")
                .orElse("define it under " + definedUnder + ", or name one that is there");
        throw new RefusedException(
            "names the " + kind + " " + scalar.shown() + ", which is not defined", remedy);
      }
      return scalar.value();
    };
  }
}
