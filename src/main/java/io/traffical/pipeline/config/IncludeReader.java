package io.traffical.pipeline.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.MappingNode;

/** Opens the files that a definition file names under {@code include}. */
final class IncludeReader {
  private final Path includer;
  private final Map<Path, Path> paths = new LinkedHashMap<>();

  private IncludeReader(Path includer) {
    this.includer = includer;
  }

  /**
   * Returns the outermost map of every included file, in the order of the list. Their problems name
   * their own file.
   *
   * @param includer where the definition file is; paths are relative to it
   */
  static List<Section> read(Path includer, Section file, Variables variables) {
    IncludeReader reader = new IncludeReader(includer);
    if (file.isList("include")) {
      file.values("include", reader::path);
    } else {
      file.value("include", reader::path, null);
    }
    List<Section> included = new ArrayList<>();
    for (Path path : reader.paths.values()) {
      Problems problems = file.problems().in(path.toString());
      MappingNode root = YamlFile.read(path, problems);
      if (root != null) {
        included.add(Section.root(root, variables, problems));
      }
    }
    return included;
  }

  /** Takes up a path; it is known by its absolute form, and shown as it was named. */
  private Path path(Scalar scalar) throws RefusedException {
    Path path;
    try {
      path = includer.resolveSibling(scalar.value());
    } catch (InvalidPathException e) {
      throw new RefusedException("is not a path", "write the path of a metrics.yaml");
    }
    Path absolute = path.toAbsolutePath().normalize();
    if (absolute.equals(includer.toAbsolutePath().normalize())) {
      throw new RefusedException("names this file itself", "remove it");
    }
    if (!Files.isRegularFile(path)) {
      String found = Files.isDirectory(path) ? "is a directory" : "does not exist";
      throw new RefusedException(
          "names " + scalar.shown() + ", which " + found,
          "write a path relative to this file, such as metrics.yaml");
    }
    if (paths.putIfAbsent(absolute, path) != null) {
      throw new RefusedException("names " + scalar.shown() + " twice", "remove it");
    }
    return path;
  }
}
