package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Wording;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A key of a map with its value.
 *
 * @param line the key's line
 */
record Entry(int line, Node value) {
  private static final Pattern SAFE_TO_SHOW = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,99}");

  /** Stands for a key that is not shown. */
  static final String HIDDEN = "(not a name)";

  /** Returns the entries of a map in the file's order; a key that comes again is reported. */
  static Map<String, Entry> of(MappingNode node, Problems problems) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : node.getValue()) {
      int line = YamlFile.line(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.error(line, "a key is not text", "write keys as plain text");
        continue;
      }
      Entry first = entries.putIfAbsent(key.getValue(), new Entry(line, tuple.getValueNode()));
      if (first != null) {
        String name = shownKey(key.getValue());
        problems.error(
            line, "duplicate key " + name + ", first on line " + first.line(), "keep one of them");
      }
    }
    return entries;
  }

  /** A key that is not a name may be a misplaced secret. */
  static String shownKey(String key) {
    return SAFE_TO_SHOW.matcher(key).matches() ? Wording.quoted(key) : HIDDEN;
  }
}
