package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.sql.Wording;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads {@code dimensions}: columns by which results are broken down. */
final class DimensionsReader {
  /** So many a definition may have: each costs a tally per unit and value. */
  private static final int MOST = 20;

  private DimensionsReader() {}

  /**
   * Returns the columns that the section names.
   *
   * @param kind what the section defines
   * @param taken columns that it needs for something else
   */
  static List<String> read(Section section, String kind, Set<String> taken) {
    Set<String> dimensions = new LinkedHashSet<>();
    Format<String> free =
        scalar -> {
          String column = Format.COLUMN.parse(scalar);
          if (taken.contains(column)) {
            throw new RefusedException(
                "cannot be " + scalar.shown() + ", which the " + kind + " needs for something else",
                "name a further column, such as country");
          }
          if (!dimensions.add(column)) {
            throw new RefusedException("names " + scalar.shown() + " twice", "remove it");
          }
          return column;
        };
    section.values("dimensions", free);
    if (dimensions.size() > MOST) {
      section.error(
          "dimensions",
          section.title() + " has " + dimensions.size() + " dimensions",
          "keep the " + MOST + " that matter most");
    }
    return List.copyOf(dimensions);
  }

  /** Reports dimensions of a fact whose names are those of dimensions of its units. */
  static void checkFree(
      Section section,
      Collection<String> dimensions,
      List<String> entities,
      Collection<Assignments> assignments) {
    for (Assignments other : assignments) {
      for (String dimension : isOf(other, entities) ? dimensions : List.<String>of()) {
        if (other.dimensions().contains(dimension)) {
          section.error(
              "dimensions",
              "%s has the dimension %s, as assignment %s has"
                  .formatted(
                      section.title(), Wording.quoted(dimension), Wording.quoted(other.name())),
              "give one of the two columns another name with AS");
        }
      }
    }
  }

  /** Lists may refuse to look for null. */
  private static boolean isOf(Assignments assignments, List<String> entities) {
    return assignments.entity() != null && entities.contains(assignments.entity());
  }
}
