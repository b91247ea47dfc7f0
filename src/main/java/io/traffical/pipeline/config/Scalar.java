package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Wording;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A single value of the file.
 *
 * @param node the value as written
 * @param value its text after the environment's values were put in
 */
record Scalar(ScalarNode node, String value) {

  int line() {
    return YamlFile.line(node);
  }

  /** Returns the line of a character of the value; the value's first line where it is not known. */
  int lineOf(int offset) {
    if (!hasLines()) {
      return line();
    }
    return line() + 1 + (int) value.substring(0, offset).chars().filter(c -> c == '\n').count();
  }

  /** Returns whether each line of the value is a line of the file. */
  boolean hasLines() {
    return node.getScalarStyle() == ScalarStyle.LITERAL;
  }

  /** Returns whether the value may be something other than text: unquoted, or from a variable. */
  boolean isPlain() {
    return node.isPlain() || isSubstituted();
  }

  boolean isSubstituted() {
    return !node.getValue().equals(value) || node.getValue().contains("${");
  }

  /** Returns the value for a message; what came from the environment is not shown. */
  String shown() {
    String written = Wording.quoted(node.getValue());
    return isSubstituted() ? "the value of " + written : written;
  }
}
