class Line extends ChartView {
  static className = "line";
}

export default liveView(Line);
