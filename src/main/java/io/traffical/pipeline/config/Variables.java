package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Wording;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${NAME}} and {@code ${NAME:-default}} by the environment's values; the default
 * stands for a variable that is unset or empty, as in a shell. Two dollars before the brace stand
 * for a plain dollar and brace.
 */
final class Variables {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\$\\{|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?})?");

  private final Map<String, String> environment;

  Variables(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Returns the text with every reference replaced.
   *
   * @throws RefusedException when a variable is not set and has no default, or a reference is
   *     malformed
   */
  String replaceIn(String text) throws RefusedException {
    Set<String> missing = new TreeSet<>();
    StringBuilder replaced = new StringBuilder();
    Matcher reference = REFERENCE.matcher(text);
    while (reference.find()) {
      String value = reference.group().equals("$${") ? "${" : value(reference);
      if (value == null) {
        missing.add(reference.group(1));
        value = "";
      }
      reference.appendReplacement(replaced, Matcher.quoteReplacement(value));
    }
    if (!missing.isEmpty()) {
      throw new RefusedException(
          "uses the environment variable "
              + Wording.list(missing, "and")
              + (missing.size() == 1 ? ", which is not set" : ", which are not set"),
          "set it, or give a default: ${" + missing.iterator().next() + ":-default}");
    }
    return reference.appendTail(replaced).toString();
  }

  /** Returns the value of one reference, null when there is none. */
  private String value(Matcher reference) throws RefusedException {
    String name = reference.group(1);
    if (name == null) {
      throw new RefusedException(
          "has a ${ that is not followed by a name and }",
          "write ${NAME} or ${NAME:-default}, or $${ for a plain ${");
    }
    String value = environment.get(name);
    boolean hasDefault = reference.group(2) != null;
    return hasDefault && (value == null || value.isEmpty()) ? reference.group(3) : value;
  }
}
