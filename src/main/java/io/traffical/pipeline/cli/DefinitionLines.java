package io.traffical.pipeline.cli;

import io.traffical.pipeline.window.DefinitionRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Finds the lines of a valid file's definitions, for problems that only the database knows. */
final class DefinitionLines {
  private final Node root;

  private DefinitionLines(Node root) {
    this.root = root;
  }

  /** Reads the file again; a file that has become unreadable meanwhile has no lines. */
  static DefinitionLines of(Path file) {
    try {
      String text = Files.readString(file);
      return new DefinitionLines(
          new Compose(LoadSettings.builder().build()).composeString(text).orElse(null));
    } catch (IOException | YamlEngineException e) {
      return new DefinitionLines(null);
    }
  }

  /** Returns the line on which the definition's name stands, from 1; 0 when it is not known. */
  int of(DefinitionRef definition) {
    String section = definition.kind() == DefinitionRef.Kind.ASSIGNMENT ? "assignments" : "facts";
    return entry(root, section)
        .flatMap(tuple -> entry(tuple.getValueNode(), definition.name()))
        .flatMap(tuple -> tuple.getKeyNode().getStartMark())
        .map(mark -> mark.getLine() + 1)
        .orElse(0);
  }

  private static Optional<NodeTuple> entry(Node node, String key) {
    return node instanceof MappingNode map
        ? map.getValue().stream()
            .filter(tuple -> tuple.getKeyNode() instanceof ScalarNode s && s.getValue().equals(key))
            .findFirst()
        : Optional.empty();
  }
}
