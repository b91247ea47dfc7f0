package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads {@code filters}: conditions that a fact's rows must all meet. */
final class FilterReader {
  private static final Format<String> VALUE =
      scalar -> {
        if (scalar.value().indexOf('\0') >= 0) {
          throw new RefusedException("has a NUL character", "remove it");
        }
        return scalar.value();
      };

  private final MetricForm form;

  /**
   * A filter as written.
   *
   * @param section where it stands
   * @param filter what it says, its column under the name that the form has for it
   */
  record Written(Section section, Filter filter) {}

  FilterReader(MetricForm form) {
    this.form = form;
  }

  /** Returns the filters of a metric, of a part of a ratio or of a step; broken ones left out. */
  List<Written> read(Section owner) {
    List<Written> filters = new ArrayList<>();
    for (Section section : owner.sections("filters", "filter")) {
      section.allow(form.filterColumn(), "operator", "values", "value");
      String column =
          section.required(form.filterColumn(), Format.COLUMN, "add a column of the fact's SQL");
      Operator operator =
          section.required(
              "operator", Format.choice(Operator.class), "add equals, not_equals, in or not_in");
      List<String> values = values(section);
      checkNumber(section, operator, values);
      if (column != null && operator != null && values != null && !values.isEmpty()) {
        filters.add(new Written(section, new Filter(column, operator, values)));
      }
    }
    return filters;
  }

  private static List<String> values(Section section) {
    if (section.has("values") && section.has("value")) {
      section.error("value", section.title() + " has both values and value", "keep one of them");
    }
    if (section.has("values")) {
      List<String> values = section.values("values", VALUE);
      return values == null ? null : values.stream().distinct().toList();
    }
    String value = section.required("value", VALUE, "add values: [a, b], or value: a");
    return value == null ? null : List.of(value);
  }

  private static void checkNumber(Section section, Operator operator, List<String> values) {
    if (operator == null || values == null || !section.has("values")) {
      return;
    }
    List<Scalar> written = section.list("values");
    boolean isOne = operator == Operator.EQUALS || operator == Operator.NOT_EQUALS;
    String needed = isOne ? " needs one value" : " needs values";
    if (written.isEmpty() || (isOne && written.size() > 1)) {
      section.error(
          "values",
          section.title()
              + needed
              + " because its operator is "
              + operator.name().toLowerCase(Locale.ROOT)
              + ", found "
              + (written.isEmpty() ? "none" : String.valueOf(written.size())),
          !isOne || written.isEmpty()
              ? "add what the column is compared with"
              : "use operator: " + (operator == Operator.EQUALS ? "in" : "not_in"));
    }
  }
}
