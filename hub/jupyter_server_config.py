"""What each user's Jupyter server on a hub reads: the course is laid, idle kernels end.

The image copies this file into the folder of Jupyter's own configuration; the local hub names its
folder in JUPYTER_CONFIG_PATH.
"""

c = get_config()  # noqa: F821 (Jupyter puts it there)

c.ServerApp.jpserver_extensions = {"course_utils.teaching.hub": True}
# Each open chapter is a kernel, and memory is what a hub runs out of. A kernel whose page is
# still open stays; to run a chapter again takes seconds.
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_interval = 300
c.MappingKernelManager.cull_connected = False
# No news of Jupyter's in a lesson, and no look for versions that the hub decides upon.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
