package io.traffical.pipeline.config;

import java.util.List;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads single values and reports those that are none; messages name them by a label. */
record ScalarReader(Variables variables, Problems problems) {

  /** Returns the value with variables replaced; null, after reporting it, when it has none. */
  Scalar substituted(String label, Node value) {
    Scalar written = asWritten(label, value);
    if (written == null) {
      return null;
    }
    try {
      return new Scalar(written.node(), variables.replaceIn(written.value()));
    } catch (RefusedException e) {
      problems.error(written.line(), label + " " + e.getMessage(), e.remedy());
      return null;
    }
  }

  /** Returns the value exactly as written; null, after reporting it, when it has none. */
  Scalar asWritten(String label, Node value) {
    int line = YamlFile.line(value);
    if (!(value instanceof ScalarNode node)) {
      String found = value instanceof SequenceNode ? "a list" : "a map";
      problems.error(line, label + " must be a single value, found " + found, "write one value");
    } else if (isEmpty(node)) {
      problems.error(line, label + " has no value", "write one, or remove the key");
    } else if (node.getTag().getValue().startsWith("!")) {
      problems.error(line, label + " has a YAML tag", "remove the word that starts with !");
    } else {
      return new Scalar(node, node.getValue());
    }
    return null;
  }

  /** Returns whether YAML reads the value as null. */
  static boolean isEmpty(Node value) {
    return value instanceof ScalarNode node
        && node.isPlain()
        && List.of("", "~", "null").contains(node.getValue());
  }
}
